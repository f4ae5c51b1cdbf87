import { EventEmitter } from "eventemitter3";
import type { AgentEvent } from "../ports/agent-runner.js";
import type { Logger } from "../ports/logger.js";
import type { Settlement } from "../ports/task-store.js";
import type { DeliveryVerdict } from "../task/delivery.js";
import type { Task } from "../task/task.js";

/** The observable events by name. Listeners observe only: none can change the flow. */
export interface LifecycleEventMap {
  /** A verified webhook was stored, with its verdict. */
  "delivery:recorded": {
    readonly provider: string;
    readonly event: string;
    readonly deliveryId: string;
    readonly verdict: DeliveryVerdict;
  };
  /** A recorded task came into the queue. */
  "task:enqueued": { readonly taskId: string };
  /** A worker began an attempt of a task. */
  "task:begun": { readonly task: Task };
  /** A stage of the pipeline began. */
  "stage:started": { readonly taskId: string; readonly stage: string };
  /** A stage of the pipeline ended, whatever its result. */
  "stage:finished": { readonly taskId: string; readonly stage: string; readonly durationMs: number };
  /** The agent reported an action. */
  "agent:acted": { readonly taskId: string; readonly event: AgentEvent };
  /** An outward write is done, by this attempt or an earlier one. */
  "effect:performed": {
    readonly taskId: string;
    readonly kind: string;
    readonly outcome: "performed" | "found" | "known";
  };
  /** A task reached its end, or went back in line. */
  "task:settled": { readonly taskId: string; readonly settlement: Settlement };
}

/** The name of an observable event. */
export type LifecycleEventName = keyof LifecycleEventMap;

/** Typed lifecycle events of a gateway and a worker. */
export interface LifecycleEvents {
  /** Calls the listener on every such event until the returned function is called. */
  on<Name extends LifecycleEventName>(name: Name, listener: (event: LifecycleEventMap[Name]) => void): () => void;
  /** Calls every listener; an error that one throws is logged and stops no other. */
  emit<Name extends LifecycleEventName>(name: Name, event: LifecycleEventMap[Name]): void;
}

/** Events of one process: its gateway and its worker get the same. */
export function createLifecycleEvents(options: { readonly logger?: Logger } = {}): LifecycleEvents {
  const emitter = new EventEmitter();
  return {
    on(name, listener) {
      const guarded = (event: Parameters<typeof listener>[0]): void => {
        try {
          listener(event);
        } catch (error) {
          options.logger?.error({ err: error, event: name }, "A lifecycle listener threw");
        }
      };
      emitter.on(name, guarded);
      return () => void emitter.off(name, guarded);
    },
    emit: (name, event) => void emitter.emit(name, event),
  };
}
