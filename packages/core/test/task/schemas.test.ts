import type {
  AgentFailureReason,
  AgentOutcome,
  Command,
  Installation,
  Task,
  TaskDraft,
  TenantClaim,
  Thread,
} from "@agentbot/core";
import type {
  agentFailureReasonSchema,
  agentOutcomeSchema,
  commandSchema,
  installationSchema,
  taskDraftSchema,
  taskEventTypeSchema,
  taskSchema,
  tenantClaimSchema,
  threadSchema,
} from "@agentbot/core/adapter";
import { expectTypeOf, test } from "vitest";
import type { z } from "zod";
import type { Interpretation, interpretationSchema } from "../../src/task/interpretation.js";
import type { TaskEventType } from "../../src/task/task-event.js";

/** The result of a schema, read-only as the types are. */
type Parsed<Schema extends z.ZodType> = Frozen<z.output<Schema>>;
type Frozen<Value> = Value extends Date
  ? Value
  : Value extends readonly (infer Item)[]
    ? readonly Frozen<Item>[]
    : Value extends object
      ? { readonly [Key in keyof Value]: Frozen<Value[Key]> }
      : Value;

test("each schema of a task's parts yields the type that is written for people, no more and no less", () => {
  expectTypeOf<Parsed<typeof taskSchema>>().toEqualTypeOf<Frozen<Task>>();
  expectTypeOf<Parsed<typeof taskDraftSchema>>().toEqualTypeOf<Frozen<TaskDraft>>();
  expectTypeOf<Parsed<typeof commandSchema>>().toEqualTypeOf<Frozen<Command>>();
  expectTypeOf<Parsed<typeof threadSchema>>().toEqualTypeOf<Frozen<Thread>>();
  expectTypeOf<Parsed<typeof installationSchema>>().toEqualTypeOf<Frozen<Installation>>();
  expectTypeOf<Parsed<typeof agentOutcomeSchema>>().toEqualTypeOf<Frozen<AgentOutcome>>();
  expectTypeOf<Parsed<typeof tenantClaimSchema>>().toEqualTypeOf<Frozen<TenantClaim>>();
  expectTypeOf<Parsed<typeof interpretationSchema>>().toEqualTypeOf<Frozen<Interpretation>>();
  expectTypeOf<z.output<typeof taskEventTypeSchema>>().toEqualTypeOf<TaskEventType>();
  expectTypeOf<z.output<typeof agentFailureReasonSchema>>().toEqualTypeOf<AgentFailureReason>();
});
