import type { AddressInfo } from "node:net";
import { connect, createServer, type Socket } from "node:net";

/** An address that leads to a Redis, as a load balancer or a name does. */
export interface Forwarder extends AsyncDisposable {
  readonly url: string;
  connectionCount(): number;
  /** The present connections carry nothing more, without being closed; new ones work. */
  swallow(): void;
  /** Answers on the present connections are dropped; commands still arrive. */
  loseAnswers(): void;
  /** Ends the present connections. */
  cut(): void;
  /** New connections lead there. */
  leadTo(port: number): void;
}

/** Starts a {@link Forwarder} on the loopback. */
export async function startForwarder(targetPort: number): Promise<Forwarder> {
  let port = targetPort;
  let count = 0;
  const sockets = new Set<Socket>();
  const targets = new Set<Socket>();
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    socket.on("error", () => {});
    return socket.on("close", () => sockets.delete(socket));
  };
  const server = createServer((socket) => {
    count += 1;
    const target = keep(connect(port, "127.0.0.1"));
    targets.add(target);
    target.on("close", () => {
      targets.delete(target);
      socket.destroy();
    });
    keep(socket).pipe(target).pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    connectionCount: () => count,
    swallow() {
      for (const socket of sockets) socket.unpipe().pause();
    },
    loseAnswers() {
      for (const target of targets) target.unpipe().resume();
    },
    cut() {
      for (const target of targets) target.destroy();
    },
    leadTo(newPort) {
      port = newPort;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
