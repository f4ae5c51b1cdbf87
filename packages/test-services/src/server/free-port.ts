import { randomInt } from "node:crypto";
import { createServer } from "node:net";
import { AgentBotError } from "@agentbot/core";

/**
 * Below the range from which systems take the ports of outgoing connections (Linux: 32768 on): a client that keeps
 * trying a stopped server's port could otherwise be given that very port, and be connected to itself.
 */
const lowestPort = 15_000;
const endOfPorts = 32_000;
const tries = 100;

/** A port of 127.0.0.1 on which no server listens at the moment. */
export async function findFreePort(): Promise<number> {
  for (let tried = 0; tried < tries; tried += 1) {
    const port = randomInt(lowestPort, endOfPorts);
    if (await isFree(port)) return port;
  }
  throw new Error(`None of ${tries} ports from ${lowestPort} to ${endOfPorts} of 127.0.0.1 is free`);
}

/**
 * Starts a server on the given port, or else on a free one; tries another free port if a process has meanwhile taken it,
 * or a port next to it that the server needs too.
 */
export async function onFreePort<Server>(
  port: number | undefined,
  start: (port: number) => Promise<Server>,
): Promise<Server> {
  if (port !== undefined) return await start(port);
  for (let left = 5; ; left -= 1) {
    try {
      return await start(await findFreePort());
    } catch (error) {
      const isTaken = AgentBotError.isInstance(error) && /Address already in use/.test(error.message);
      if (!isTaken || left === 1) throw error;
    }
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => server.close(() => resolve(true)));
  });
}
