import { type Life, leaseMs, type Surroundings, startLife } from "./bot.js";

/** The gateways and workers of a history: a life that ends is followed by another one. */
export interface Crew {
  gateway(machine: number): Life;
  worker(machine: number): Life;
  /** Ends a worker politely. */
  restart(machine: number): Promise<void>;
  /** Ends the leases of dead and stopped machines. */
  endLeases(): Promise<void>;
  /** Resumes one machine, so that work can go on. */
  wakeOne(): void;
  wakeAll(): void;
  /** The names of the workers that live and work. */
  liveNames(): readonly string[];
  close(): Promise<void>;
}

/** Gateways and workers, two of each. */
const size = 2;

/** Starts every gateway and worker. */
export async function startCrew(surroundings: Surroundings): Promise<Crew> {
  const lives: Life[] = [];
  const departed: Life[] = [];
  let lifeCount = 0;
  let isClosing = false;

  const begin = async (index: number): Promise<void> => {
    lifeCount += 1;
    const isWorker = index >= size;
    const life = await startLife(surroundings, `${isWorker ? "worker" : "gateway"} ${index}.${lifeCount}`, isWorker);
    lives[index] = life;
    life.machine.onDeath(() => {
      departed.push(life);
      void life.close();
      // The successor is there in the next moment; until then requests reach a dead one.
      if (!isClosing) void begin(index);
    });
  };
  await Promise.all(Array.from({ length: 2 * size }, (_, index) => begin(index)));

  const at = (index: number): Life => {
    const life = lives[index];
    if (!life) throw new Error(`There is no machine ${index}`);
    return life;
  };
  const workers = (): Life[] => lives.slice(size);
  const wake = ({ machine }: Life): void => {
    if (machine.isPaused) machine.resume(true);
  };
  const liveNames = (): string[] =>
    workers()
      .filter(({ machine }) => !machine.isDead && !machine.isPaused)
      .map(({ machine }) => machine.name);

  return {
    gateway: (machine) => at(machine % size),
    worker: (machine) => at(size + (machine % size)),
    async restart(machine) {
      const life = at(size + (machine % size));
      wake(life);
      const died = new Promise<void>((resolve) => void life.machine.onDeath(() => resolve()));
      await Promise.race([life.worker?.stop(), died]);
      await life.close();
    },
    async endLeases() {
      for (const { machine, time } of workers()) if (machine.isPaused) time.shift(leaseMs + 1000);
      await surroundings.servers.endLeases(liveNames());
    },
    wakeOne() {
      const [first] = workers();
      if (first && workers().every(({ machine }) => machine.isPaused)) wake(first);
    },
    wakeAll() {
      for (const life of workers()) wake(life);
    },
    liveNames,
    async close() {
      isClosing = true;
      await Promise.all([...lives, ...departed].map((life) => life.close()));
    },
  };
}
