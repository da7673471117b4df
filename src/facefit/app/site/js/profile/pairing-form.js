// For who opened the page without the code in its address.

import { element, labelled } from "../elements.js";

/** A form for the code; the connection tells when the computer took it. @param {import("../shell/connection.js").Connection} connection */
export function pairingForm(connection, warn) {
  const input = element("input", {
    name: "code",
    required: true,
    maxLength: 20,
    autocomplete: "off",
    autocapitalize: "characters",
    spellcheck: false,
    placeholder: "ABCD-2345",
  });
  const pair = async (event) => {
    event.preventDefault();
    try {
      await connection.pair(input.value.trim());
    } catch (error) {
      warn(error.message);
    }
  };
  return element(
    "form",
    { className: "card pairing", onsubmit: pair },
    element("p", {}, "Fitting needs the computer: start “facefit app” there, and scan its code or type it here."),
    labelled("Code", input),
    element("button", { className: "primary" }, "Pair"),
  );
}
