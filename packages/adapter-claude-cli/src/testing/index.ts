/** The Anthropic Messages API on the loopback, for tests and demos. */

export type { MessagesScript } from "./answer-messages.js";
export { type StopReason, type Turn, type TurnBlock, type TurnUsage, textTurn, toolTurn } from "./message-turn.js";
export type { MessagesFault } from "./messages-fault.js";
export { answersSincePrompt, type MessagesRequestBody, promptOf, toolResultsOf } from "./messages-request.js";
export {
  type MessagesApi,
  type MessagesApiOptions,
  type MessagesApiRequest,
  startMessagesApi,
} from "./start-messages-api.js";
