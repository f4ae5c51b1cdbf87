/** The full agentbot server as parts: parse the environment, compose the adapters, start. */
export * from "./compose/compose-adapters.js";
export * from "./compose/server-adapters.js";
export * from "./environment/environment-schema.js";
export * from "./environment/parse-environment.js";
export * from "./start-server.js";
