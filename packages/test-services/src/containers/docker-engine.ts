import { request } from "node:http";
import { join } from "node:path";

const answerLimitMs = 3000;

/** Where an engine listens: a Unix socket, or a host and port without TLS. */
type EngineAddress = { readonly socketPath: string } | { readonly host: string; readonly port: number };

/** Returns true if a Docker engine answers at `DOCKER_HOST` or else at its usual sockets; the CLI alone does not count. */
export async function doesDockerAnswer(
  environment: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<boolean> {
  const answers = await Promise.all(engineAddresses(environment).map((address) => doesAnswer(address, signal)));
  return answers.includes(true);
}

function engineAddresses(environment: Readonly<Record<string, string | undefined>>): readonly EngineAddress[] {
  const host = environment["DOCKER_HOST"];
  if (host) return engineAddress(host);
  const home = environment["HOME"];
  const runtime = environment["XDG_RUNTIME_DIR"];
  return [
    "/var/run/docker.sock",
    ...(home ? [join(home, ".docker/run/docker.sock"), join(home, ".colima/default/docker.sock")] : []),
    ...(runtime ? [join(runtime, "docker.sock")] : []),
  ].map((socketPath) => ({ socketPath }));
}

function engineAddress(host: string): readonly EngineAddress[] {
  if (host.startsWith("unix://")) return [{ socketPath: host.slice("unix://".length) }];
  if (!URL.canParse(host)) return [];
  const { hostname, port } = new URL(host);
  return [{ host: hostname, port: Number(port || 2375) }];
}

/** GET /_ping answers OK (Docker Engine API). */
function doesAnswer(address: EngineAddress, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const limited = AbortSignal.any([signal, AbortSignal.timeout(answerLimitMs)]);
    const ping = request({ ...address, path: "/_ping", signal: limited, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    ping.once("error", () => resolve(false));
    ping.end();
  });
}
