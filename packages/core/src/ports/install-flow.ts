import type { OAuthTokens } from "./credential-store.js";

/** A finished installation. */
export interface InstalledApp {
  readonly externalId: string;
  readonly account: string;
  /** Tokens to store, or null if the flow only proves who may bind the installation. */
  readonly tokens: OAuthTokens | null;
}

/** The parameters of an authorization request (RFC 6749 §4.1.1, RFC 7636). */
export interface AuthorizeRequest {
  readonly state: string;
  readonly codeChallenge: string;
  readonly redirectUri: string;
}

/** A returned authorization. */
export interface ExchangeRequest {
  /** The query of the callback. */
  readonly parameters: URLSearchParams;
  readonly codeVerifier: string;
  readonly redirectUri: string;
}

/** How a person installs the bot through OAuth. State, cookie and PKCE are the gateway's. */
export interface InstallFlow {
  /** Returns the address to send the browser to. */
  authorizeUrl(request: AuthorizeRequest): string;
  /** Exchanges the code and proves that the person may bind this installation. */
  exchange(request: ExchangeRequest, options: { readonly signal: AbortSignal }): Promise<InstalledApp>;
}
