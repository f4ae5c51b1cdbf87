import { AgentBotError, type ErrorCode } from "@agentbot/core";
import type { Random } from "../world/random.js";
import type { Machine, MachineTime } from "./machine.js";

/** The other side of a call. */
export type Server = "store" | "queue" | "provider" | "git";

/** The probabilities of faults of a call. */
export interface NetworkFaults {
  readonly requestLost: number;
  readonly responseLost: number;
  /** The caller dies just before or just after. */
  readonly crash: number;
  /** Takes up to most of a second instead of some milliseconds. */
  readonly slow: number;
}

/** A network without faults. */
export const quietNetwork: NetworkFaults = { requestLost: 0, responseLost: 0, crash: 0, slow: 0 };

/** Carries every call of every machine. */
export interface Network {
  faults: NetworkFaults;
  /** The servers that do not answer at the moment. */
  readonly down: Set<Server>;
  call<Value>(machine: Machine, server: Server, random: Random, work: () => Promise<Value>): Promise<Value>;
}

const codes: Readonly<Record<Server, ErrorCode>> = {
  store: "STORE_UNAVAILABLE",
  queue: "QUEUE_UNAVAILABLE",
  provider: "PROVIDER_UNAVAILABLE",
  git: "GIT_FAILED",
};

/** The promise of a dead machine. A shared one would keep every caller that ever awaited it in memory. */
const waitForEver = (): Promise<never> => new Promise(() => {});

/** Makes the network; that part of the calls is answered within the same moment. */
export function createNetwork(time: MachineTime, instantPart = 0.75): Network {
  const network: Network = {
    faults: quietNetwork,
    down: new Set(),
    async call(machine, server, random, work) {
      if (machine.isDead) return waitForEver();
      const { requestLost, responseLost, crash, slow } = network.faults;
      const luck = random.fraction();
      const speed = random.fraction();
      const longestMs = random.fraction() < slow ? 900 : 20;
      const wait = (): number => (speed < instantPart ? 0 : Math.ceil(random.fraction() * longestMs));
      const fail = (what: string): AgentBotError => new AgentBotError(codes[server], `${server}: ${what}`);
      const arrive = <Answer>(answer: () => Answer): Promise<Answer> =>
        new Promise((resolve, reject) => {
          const settle = (): void => {
            try {
              resolve(answer());
            } catch (error) {
              reject(error);
            }
          };
          const delayMs = wait();
          if (delayMs === 0) machine.deliver("answer", settle);
          else time.after(delayMs, () => machine.deliver("answer", settle));
        });
      const failLater = (what: string): Promise<never> =>
        arrive(() => {
          throw fail(what);
        });

      if (luck < crash / 2) {
        machine.kill();
        return waitForEver();
      }
      const goingMs = wait();
      if (goingMs > 0) await new Promise<void>((resolve) => void time.after(goingMs, resolve));
      if (network.down.has(server)) return failLater("is down");
      if (luck > 1 - requestLost) return failLater("the request was lost");
      const done = await work().then(
        (value) => ({ value }),
        (error: unknown) => ({ error }),
      );
      if (luck < crash) {
        machine.kill();
        return waitForEver();
      }
      if (luck > 1 - requestLost - responseLost) return failLater("the answer was lost");
      return arrive(() => {
        if ("error" in done) throw done.error;
        return done.value;
      });
    },
  };
  return network;
}
