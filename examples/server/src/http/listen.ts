import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { AgentBotError } from "@agentbot/core";

/** Where to listen. */
export interface ListenAddress {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
}

/**
 * Starts to listen and gives the address, with the port that was taken.
 *
 * @throws AgentBotError `CONFIGURATION_INVALID` naming the variable that is wrong and the fix
 */
export async function listen(server: Server, { host, port }: ListenAddress): Promise<AddressInfo> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(explain(error, host, port)));
    server.listen(port, host, resolve);
  });
  return server.address() as AddressInfo;
}

function explain(cause: NodeJS.ErrnoException, host: string, port: number): AgentBotError {
  return new AgentBotError("CONFIGURATION_INVALID", sentence(cause, host, port), { cause });
}

function sentence({ code, message }: NodeJS.ErrnoException, host: string, port: number): string {
  switch (code) {
    case "EADDRINUSE":
      return `PORT: ${port} on ${host} is in use by another program; stop it, or choose another port`;
    case "EACCES":
      return `PORT: this user may not listen on ${port}; choose a port from 1024 up`;
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `HOST: this machine has no address ${host}; 0.0.0.0 listens on all, 127.0.0.1 on this machine only`;
    default:
      return `HOST, PORT: cannot listen on ${host}:${port}: ${message}`;
  }
}

/** Stops listening, lets requests in flight end for `graceMs`, then cuts what is left: a silent client holds nothing up. */
export async function closeHttpServer(server: Server, graceMs: number): Promise<void> {
  const timer = setTimeout(() => server.closeAllConnections(), graceMs);
  await new Promise<void>((resolve) => server.close(() => resolve()));
  clearTimeout(timer);
}
