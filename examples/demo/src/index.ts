/** The demo's parts: a local GitHub, the webhook that sets it off, and the server's environment against it. */
export * from "./demo-environment.js";
export * from "./demo-webhook.js";
export * from "./start-local-github.js";
