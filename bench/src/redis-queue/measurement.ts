/** The measures; `fill` only leaves tasks for the next process. */
export type MeasureName =
  | "add-awaited"
  | "add-in-flight"
  | "add-many"
  | "fill"
  | "drain"
  | "pickup"
  | "pickup-here"
  | "idle"
  | "depth";

/** The one request to a process of the comparison. */
export interface MeasureRequest {
  readonly side: "agentbot" | "bullmq";
  readonly redisUrl: string;
  readonly measure: MeasureName;
  readonly count: number;
  readonly concurrency: number;
  /** The queue's name. */
  readonly name: string;
}

/** The figures of a measure; NaN for those it does not have. */
export interface Measurement {
  /** Tasks a second. */
  readonly rate: number;
  /** Per task, in microseconds. */
  readonly clientCpuUs: number;
  readonly redisCpuUs: number;
  readonly redisCalls: number;
  readonly residentBytes: number;
  /** From adding a task to its start in an idle worker, in milliseconds. */
  readonly pickupP50Ms: number;
  readonly pickupP99Ms: number;
  readonly bytesPerTask: number;
  /** Of an idle worker process. */
  readonly callsPerSecond: number;
  readonly connections: number;
}

/** Nothing measured yet. */
export const noMeasurement: Measurement = {
  rate: Number.NaN,
  clientCpuUs: Number.NaN,
  redisCpuUs: Number.NaN,
  redisCalls: Number.NaN,
  residentBytes: Number.NaN,
  pickupP50Ms: Number.NaN,
  pickupP99Ms: Number.NaN,
  bytesPerTask: Number.NaN,
  callsPerSecond: Number.NaN,
  connections: Number.NaN,
};
