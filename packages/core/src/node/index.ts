/** agentbot on Node's own HTTP servers: `node:http`, Express, Fastify. */

export * from "../logger/create-console-logger.js";
export * from "./answer-client-errors.js";
export type { FetchHandler, HostContext } from "./call-gateway.js";
export { trustedProxiesSchema } from "./client-address.js";
export * from "./create-node-server.js";
export * from "./node-types.js";
export * from "./to-node-handler.js";
