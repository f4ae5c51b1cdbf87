import type { RedisClient } from "../connection/redis-client.js";

/** Sends a command at the end of this turn, with all others of the turn in one write. */
export type CommandSender = (command: string, args: (string | number)[]) => Promise<unknown>;

interface Command {
  readonly name: string;
  readonly args: (string | number)[];
  readonly resolve: (reply: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** The part of a client that sends several commands in one write; every ioredis client has it. */
interface Pipelining {
  pipeline(commands: (string | number)[][]): { exec(): Promise<readonly (readonly [unknown, unknown])[] | null> };
}

const canPipeline = (client: object): client is Pipelining => typeof Reflect.get(client, "pipeline") === "function";

/** From so many characters on, a command's own work is more than a write costs, and Redis may as well begin with it. */
const muchText = 4096;

/** Makes a {@link CommandSender}. A write to the socket is what a small command costs most. */
export function createCommandSender(client: RedisClient): CommandSender {
  let turn: Command[] = [];

  const sendEach = (commands: readonly Command[]): void => {
    for (const { name, args, resolve, reject } of commands) client.call(name, args).then(resolve, reject);
  };

  const sendTogether = async (on: Pipelining, commands: readonly Command[]): Promise<void> => {
    try {
      const replies = await on.pipeline(commands.map(({ name, args }) => [name, ...args])).exec();
      for (const [index, { resolve, reject }] of commands.entries()) {
        const [error, reply] = replies?.[index] ?? [new Error("the pipeline gave no reply"), null];
        if (error) reject(error);
        else resolve(reply);
      }
    } catch (error) {
      for (const { reject } of commands) reject(error);
    }
  };

  const flush = (): void => {
    const commands = turn;
    turn = [];
    if (commands.length > 1 && canPipeline(client)) void sendTogether(client, commands);
    else sendEach(commands);
  };

  return (name, args) =>
    new Promise((resolve, reject) => {
      if (turn.length === 0) process.nextTick(flush);
      turn.push({ name, args, resolve, reject });
      if (args.reduce<number>((sum, arg) => sum + String(arg).length, 0) >= muchText) flush();
    });
}
