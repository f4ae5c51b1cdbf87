import type { PrivateServer } from "./private-server.js";

/** Prepares a server and starts it. When that fails, or the signal aborts, it is closed. Returns what closes it. */
export async function startUntilAborted(
  server: PrivateServer,
  signal: AbortSignal | undefined,
  prepare: () => Promise<void> = async () => {},
): Promise<() => Promise<void>> {
  const onAbort = (): void => void server.close().catch(() => {});
  const close = async (): Promise<void> => {
    signal?.removeEventListener("abort", onAbort);
    await server.close();
  };
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    await prepare();
    await server.start();
    signal?.throwIfAborted();
    return close;
  } catch (error) {
    await close();
    signal?.throwIfAborted();
    throw error;
  }
}
