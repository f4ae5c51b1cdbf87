import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import type { Random } from "./random.js";

/** The faults that a {@link FaultProxy} adds to the traffic. */
export interface ProxyFaults {
  /** The delay of each chunk, in both directions, in milliseconds. */
  readonly delayMs?: number;
  /** How likely it is that a request arrives, but its answer is cut off with the connection: from 0 to 1. */
  readonly lostAnswers?: number;
  /** Connections are taken and stay open, and nothing passes either way: a half-open network. */
  readonly isSilent?: boolean;
  /** New connections are reset at once. */
  readonly isRefusing?: boolean;
}

/** A proxy on the loopback in front of a server, for faults of the network. */
export interface FaultProxy {
  readonly port: number;
  /** How many answers were lost so far. */
  readonly lostAnswerCount: number;
  /** From now on, for connections old and new; an empty object heals. */
  behave(faults: ProxyFaults): void;
  /** Resets every connection. */
  cut(): void;
  close(): Promise<void>;
}

/** Starts a {@link FaultProxy} on a free port. Chance decides which answers are lost. */
export async function startFaultProxy(targetPort: number, random: Random): Promise<FaultProxy> {
  let faults: ProxyFaults = {};
  let healing = new AbortController();
  let lostAnswerCount = 0;
  const sockets = new Set<Socket>();

  const pipe = async (from: Socket, to: Socket, isAnswer: boolean): Promise<void> => {
    for await (const chunk of from) {
      if (faults.isSilent) await once(healing.signal, "abort");
      if (faults.delayMs !== undefined) await pause(faults.delayMs);
      if (isAnswer && faults.lostAnswers !== undefined && random.fraction() < faults.lostAnswers) {
        lostAnswerCount += 1;
        to.resetAndDestroy();
        return;
      }
      if (!to.write(chunk as Uint8Array)) await once(to, "drain");
    }
    to.end();
  };
  const server = createServer({ noDelay: true }, (client) => {
    if (faults.isRefusing) return void client.resetAndDestroy();
    const upstream = connect({ port: targetPort, host: "127.0.0.1", noDelay: true });
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.once("close", () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    for (const passing of [pipe(client, upstream, false), pipe(upstream, client, true)]) passing.catch(() => {});
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));

  const cut = (): void => {
    for (const socket of [...sockets]) socket.resetAndDestroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    get lostAnswerCount() {
      return lostAnswerCount;
    },
    behave(next) {
      faults = next;
      if (next.isSilent) return;
      healing.abort();
      healing = new AbortController();
    },
    cut,
    async close() {
      healing.abort();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      cut();
      await closed;
    },
  };
}
