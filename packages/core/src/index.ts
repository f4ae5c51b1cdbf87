/** agentbot core: the gateway and the worker, and the types of everything that they are composed with. */

export { createPermissionPolicy, type PermissionPolicyOptions } from "./access/create-permission-policy.js";
export type { AdminOptions } from "./api/admin-options.js";
export * from "./bot/create-bot.js";
export { refuseSetupErrors } from "./composition/check-setup.js";
export type { SharedOptions } from "./composition/shared-options.js";
export { AgentBotError, type AgentBotErrorOptions } from "./errors/agentbot-error.js";
export { type ErrorCode, type ErrorCodeFacts, errorCodes } from "./errors/error-codes.js";
export * from "./events/lifecycle-events.js";
export * from "./gateway/create-gateway.js";
export type { GatewayOptions } from "./gateway/gateway-options.js";
export type { HealthOptions, HealthProbe, ReadinessProbe } from "./gateway/operations/health.js";
export {
  type BodyLimits,
  type BodyMeter,
  type BodyResult,
  clientOf,
  type IncomingBody,
  type IncomingRequest,
  requestIdOf,
} from "./http/incoming-request.js";
export {
  type OutgoingHeaders,
  type OutgoingResponse,
  type Problem,
  type ProblemPart,
  problemResponse,
  toWebResponse,
} from "./http/outgoing-response.js";
export * from "./logger/create-silent-logger.js";
export { createMetricsRegistry, type MetricsRegistryOptions } from "./metrics/create-metrics-registry.js";
export * from "./metrics/metrics-catalogue.js";
export {
  createOutageReporter,
  type OutageReporter,
  type OutageReporterOptions,
} from "./outages/create-outage-reporter.js";
export * from "./ports/access-policy.js";
export * from "./ports/agent-runner.js";
export * from "./ports/budget-ledger.js";
export * from "./ports/checkpoint-store.js";
export * from "./ports/clock.js";
export * from "./ports/code-host.js";
export * from "./ports/code-indexer.js";
export * from "./ports/command-store.js";
export * from "./ports/conversation.js";
export * from "./ports/credential-store.js";
export * from "./ports/effect-ledger.js";
export * from "./ports/inbox.js";
export * from "./ports/install-flow.js";
export * from "./ports/installation-store.js";
export * from "./ports/key-ring.js";
export * from "./ports/launch.js";
export * from "./ports/logger.js";
export * from "./ports/metrics.js";
export * from "./ports/outbox.js";
export * from "./ports/provider-lifecycle.js";
export * from "./ports/pub-sub.js";
export * from "./ports/rate-limiter.js";
export * from "./ports/repository-resolver.js";
export * from "./ports/sandbox.js";
export * from "./ports/setup-problem.js";
export * from "./ports/store.js";
export * from "./ports/task-queue.js";
export * from "./ports/task-store.js";
export * from "./ports/thread-store.js";
export * from "./ports/tracer.js";
export * from "./ports/transcript.js";
export * from "./ports/webhook-provider.js";
export * from "./ports/webhook-source.js";
export * from "./ports/workspace-factory.js";
export {
  type ConfiguredRepository,
  createRepositoryResolver,
  type OriginTenant,
  type RepositoryResolverOptions,
  type RepositoryRoute,
} from "./repositories/create-repository-resolver.js";
export type { RetentionOptions } from "./retention/retention-options.js";
export * from "./sandbox/create-no-sandbox.js";
export type { AgentFailureReason, AgentOutcome, Usage } from "./task/agent-outcome.js";
export type { Checkpoint } from "./task/checkpoint.js";
export type { Command, CommandName } from "./task/command.js";
export type {
  Delivery,
  DeliveryDraft,
  DeliveryEndpoint,
  DeliveryReplay,
  DeliverySummary,
  DeliveryVerdict,
} from "./task/delivery.js";
export type { Installation } from "./task/installation.js";
export type { InstallationChange, Interpretation, TenantClaim } from "./task/interpretation.js";
export type { JsonObject, JsonValue } from "./task/json.js";
export type { Lease } from "./task/lease.js";
export type { Actor, Origin, PullRequestRef } from "./task/origin.js";
export type { Page, PageRequest } from "./task/page.js";
export type { RepositoryRef } from "./task/repository-ref.js";
export type { PullRequestLink, Task, TaskEnd, TaskResult, TaskStatus, TaskSummary } from "./task/task.js";
export type { TaskDraft, TaskRequest, TaskTrigger } from "./task/task-draft.js";
export type { TaskEvent, TaskEventDraft, TaskEventType } from "./task/task-event.js";
export type { TextSpan } from "./task/text-span.js";
export type { Thread, ThreadAlias } from "./task/thread.js";
export * from "./tokens/create-aes-key-ring.js";
export type { EncryptionKey } from "./tokens/encryption-key.js";
export * from "./tokens/parse-encryption-keys.js";
export * from "./worker/create-worker.js";
export type { HeadlineFacts, PullRequestFacts, PullRequestTexts, StatusTexts } from "./worker/texts/operator-texts.js";
