// What this browser is, as a profile names it: device, runtime with version, and circumstances that were readable.

import { runtimeIdentity } from "../runtime/runtime.js";

const BROWSERS = [
  ["Edge", /\bEdgA?\/(\d+)/],
  ["Samsung Internet", /\bSamsungBrowser\/(\d+)/],
  ["Opera", /\bOPR\/(\d+)/],
  ["Firefox", /\b(?:Firefox|FxiOS)\/(\d+)/],
  ["Chrome", /\b(?:HeadlessChrome|Chrome|CriOS)\/(\d+)/],
  ["Safari", /\bVersion\/(\d+)[\d.]* (?:Mobile\/\w+ )?Safari/],
];

/** The body of a request that introduces this browser: {device, runtime_version, details}. */
export async function browserIdentity() {
  const runtime = await runtimeIdentity();
  const agent = navigator.userAgent;
  return {
    device: await deviceName(agent),
    runtime_version: `${runtime.version} ${runtime.variant}, ${browserName(agent)}`,
    details: {
      cores: String(navigator.hardwareConcurrency ?? "unknown"),
      clock_ms: runtime.clockMs.toFixed(4),
      isolated: runtime.isolated ? "yes" : "no",
      memory_gb: String(navigator.deviceMemory ?? "unknown"),
    },
  };
}

export function browserName(agent) {
  for (const [name, pattern] of BROWSERS) {
    const found = pattern.exec(agent);
    if (found) return `${name} ${found[1]}`;
  }
  return "unknown browser";
}

/** The model where the browser tells it (over https or localhost), or else the system. */
async function deviceName(agent) {
  const hints = await navigator.userAgentData?.getHighEntropyValues?.(["model", "platformVersion", "architecture"]);
  const system = hints?.platform || systemOf(agent);
  const known = [hints?.model || modelOf(agent), system, hints?.architecture].filter(Boolean);
  return known.join(", ").slice(0, 200) || "unknown device";
}

/** "Pixel 7" of "(Linux; Android 14; Pixel 7)"; newer Chromes say "K" for all. */
function modelOf(agent) {
  const model = /Android [\d.]+; ([^;)]+)/.exec(agent)?.[1]?.replace(/ Build.*/, "");
  return model === "K" ? "" : model;
}

function systemOf(agent) {
  return /iPhone|iPad|Android|Windows|Macintosh|CrOS|Linux/.exec(agent)?.[0] ?? "";
}
