import type { DeliveryVerdict } from "../../task/delivery.js";

/** What became of a replay. */
export type ReplayResult =
  | { readonly status: "recorded"; readonly deliveryId: string; readonly verdict: DeliveryVerdict }
  /** Its body was forgotten. */
  | { readonly status: "body-gone" }
  /** No provider of its name is configured any more. */
  | { readonly status: "provider-missing" }
  /** It asks for no work: a change of an installation, a command, a handshake. */
  | { readonly status: "no-request" };
