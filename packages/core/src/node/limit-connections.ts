import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { createRefusalLog } from "../gateway/refusal-log.js";
import { clientOf, plainAddress } from "../http/incoming-request.js";
import type { Logger } from "../ports/logger.js";

/** How many connections a server holds. */
export interface ConnectionLimits {
  readonly maxConnections: number;
  readonly maxConnectionsPerAddress: number;
  /** Its connections are those of many clients, and only limited in all. */
  readonly isProxy: (address: string) => boolean;
  readonly logger: Logger;
}

/** The connections of one client, or of all. */
interface Connections {
  count: number;
  /** Those without a request that is being answered, in the order they became so. */
  readonly idle: Set<Socket>;
}

/**
 * Limits the connections of a server, in all and for each client. A new connection takes the place of the one that is idle
 * longest, so that strangers who hold connections and send nothing cannot keep a webhook out; it is refused if none is idle.
 */
export function limitConnections(server: Server, limits: ConnectionLimits): void {
  const all: Connections = { count: 0, idle: new Set() };
  const clients = new Map<string, Connections>();
  const groupsOf = new WeakMap<Socket, readonly Connections[]>();
  /** The requests of each connection that are being answered: pipelined ones are taken before the first has its answer. */
  const running = new WeakMap<Socket, number>();
  const refusals = createRefusalLog(limits.logger);

  /** Returns false if there is none. */
  const makeRoom = ({ idle }: Connections): boolean => {
    for (const socket of idle) {
      forget(socket);
      socket.destroy();
      return true;
    }
    return false;
  };
  const forget = (socket: Socket): void => {
    for (const group of groupsOf.get(socket) ?? []) {
      group.count -= 1;
      group.idle.delete(socket);
    }
    groupsOf.delete(socket);
  };

  server.on("connection", (socket: Socket) => {
    const remoteAddress = plainAddress(socket.remoteAddress ?? "unknown");
    const name = clientOf(remoteAddress);
    const client = clients.get(name) ?? { count: 0, idle: new Set() };
    const isFull = client.count >= limits.maxConnectionsPerAddress && !limits.isProxy(remoteAddress);
    const hasRoom = isFull ? makeRoom(client) : all.count < limits.maxConnections || makeRoom(all);
    if (!hasRoom) {
      refusals.warn(limits.logger, { remoteAddress }, "Connection refused: there are too many, and none is idle");
      return void socket.destroy();
    }
    clients.set(name, client);
    groupsOf.set(socket, [all, client]);
    for (const group of [all, client]) {
      group.count += 1;
      group.idle.add(socket);
    }
    socket.once("close", () => {
      forget(socket);
      if (client.count === 0) clients.delete(name);
    });
  });

  const onRequest = ({ socket }: IncomingMessage, response: ServerResponse): void => {
    const groups = groupsOf.get(socket) ?? [];
    running.set(socket, (running.get(socket) ?? 0) + 1);
    for (const { idle } of groups) idle.delete(socket);
    response.once("close", () => {
      const left = (running.get(socket) ?? 1) - 1;
      running.set(socket, left);
      if (left === 0 && !socket.destroyed && groupsOf.has(socket)) for (const { idle } of groups) idle.add(socket);
    });
  };
  for (const event of ["request", "checkContinue", "checkExpectation"] as const) server.on(event, onRequest);
}
