/** Where the page runs. */

const APP_HOST = "appassets.androidplatform.net";

/** Whether in the Android app: with everything inside, and with nothing that shares or saves files. */
export function inAndroidApp() {
  return location.hostname === APP_HOST;
}
