/** Reports to the benchmark that this program is ready, answers its requests, and ends on request or with it. */
export function serveProgram(port: number, close: () => Promise<void>): void {
  const end = (): void => {
    void close().finally(() => process.exit(0));
  };
  process.on("disconnect", end);
  process.on("message", (message) => {
    if (message === "stop") end();
    if (message !== "usage") return;
    const { user, system } = process.cpuUsage();
    process.send?.({ cpuMs: (user + system) / 1000, residentBytes: process.memoryUsage().rss });
  });
  process.send?.({ port });
}
