/**
 * The part of an ioredis client that is used here, from ioredis 5.8 up: `new Redis(…)`, one with Sentinels, or
 * `new Cluster(…)`. Structural, so that two installed versions of ioredis never clash.
 */
export interface RedisClient {
  /** `ready` when commands can be sent; `wait` before a lazy client connects; `end` once it has given up. */
  readonly status: string;
  /** Of a Cluster client: its connections to single nodes. */
  nodes?(role: "master"): readonly RedisClient[];
  connect(): Promise<unknown>;
  /** Sends any command. */
  call(command: string, args: (string | number)[]): Promise<unknown>;
  /** Another client of the same configuration. */
  duplicate(): RedisClient;
  on(event: string, listener: (...given: unknown[]) => void): unknown;
  off(event: string, listener: (...given: unknown[]) => void): unknown;
  /** Closes the connection at once; it is made again only if `reconnect` is true. */
  disconnect(reconnect?: boolean): void;
}
