/** agentbot on Node's own HTTP servers: `node:http`, Express, Fastify. */

export * from "./answer-client-errors.js";
export * from "./fetch-handler.js";
export * from "./node-incoming-message-like.js";
export * from "./node-server-like.js";
export * from "./node-server-response-like.js";
export * from "./to-node-handler.js";
