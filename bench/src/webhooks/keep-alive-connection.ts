import { connect, type Socket } from "node:net";

/** One HTTP answer: its status, and its body as text. */
export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** A kept-alive connection that carries one request at a time, so cheap that it is the server that is measured. */
export interface KeepAliveConnection {
  /** A server closes what is idle for some seconds. */
  readonly isOpen: boolean;
  send(request: Buffer): Promise<Answer>;
  close(): void;
}

/** Connects to a server of this machine. */
export async function openConnection(port: number): Promise<KeepAliveConnection> {
  const socket: Socket = connect({ host: "127.0.0.1", port, noDelay: true });
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("error", reject);
  });
  let received = "";
  let pending: { resolve: (answer: Answer) => void; reject: (error: Error) => void } | null = null;
  const fail = (error: Error): void => {
    pending?.reject(error);
    pending = null;
  };
  socket.setEncoding("latin1");
  socket.on("error", fail);
  socket.on("close", () => fail(new Error("The server closed the connection")));
  socket.on("data", (chunk: string) => {
    received += chunk;
    const answer = readAnswer(received);
    if (!answer || !pending) return;
    received = "";
    const { resolve } = pending;
    pending = null;
    resolve(answer);
  });
  return {
    get isOpen() {
      return socket.writable && !socket.readableEnded && !socket.destroyed;
    },
    send: (request) =>
      new Promise((resolve, reject) => {
        pending = { resolve, reject };
        socket.write(request);
      }),
    close: () => socket.destroy(),
  };
}

/** The whole answer, or null while it is still coming. */
function readAnswer(text: string): Answer | null {
  const headEnd = text.indexOf("\r\n\r\n");
  if (headEnd < 0) return null;
  const head = text.slice(0, headEnd).toLowerCase();
  const status = Number(head.slice(9, 12));
  const body = text.slice(headEnd + 4);
  const length = /\r\ncontent-length: (\d+)/.exec(head)?.[1];
  if (length !== undefined) return body.length >= Number(length) ? { status, body } : null;
  return body.endsWith("0\r\n\r\n") ? { status, body } : null;
}
