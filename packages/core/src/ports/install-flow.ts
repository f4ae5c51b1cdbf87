import type { OAuthTokens } from "./credential-store.js";

/** A finished installation. */
export interface InstalledApp {
  /** The provider's own id of the installation. */
  readonly externalId: string;
  /** The account it belongs to, for people. */
  readonly account: string;
  /** Tokens to store, or null if the flow only proves who may bind the installation. */
  readonly tokens: OAuthTokens | null;
}

/** The parameters of an authorization request (RFC 6749 §4.1.1, RFC 7636). */
export interface AuthorizeRequest {
  /** A random value that comes back with the callback, bound to the browser. */
  readonly state: string;
  /** The challenge of PKCE, by the method S256. */
  readonly codeChallenge: string;
  /** The address of the callback. */
  readonly redirectUri: string;
}

/** A returned authorization. */
export interface ExchangeRequest {
  /** The query of the callback. */
  readonly parameters: URLSearchParams;
  /** The verifier of the challenge that the flow began with. */
  readonly codeVerifier: string;
  /** The address of the callback, as it was in the request. */
  readonly redirectUri: string;
}

/** How a person installs the bot through OAuth. State, cookie and PKCE are the gateway's. */
export interface InstallFlow {
  /** Returns the address to send the browser to. */
  authorizeUrl(request: AuthorizeRequest): string;
  /** Exchanges the code and proves that the person may bind this installation. */
  exchange(request: ExchangeRequest, options: { readonly signal: AbortSignal }): Promise<InstalledApp>;
}
