/** Tokens that an account granted through OAuth 2.0 (RFC 6749). */
export interface OAuthTokens {
  /** The token that requests carry; a secret. */
  readonly accessToken: string;
  /** Null if the provider gave none: then the access token cannot be renewed. */
  readonly refreshToken: string | null;
  /** When the access token expires, or null if it does not. */
  readonly expiresAt: Date | null;
  /** The granted scopes. */
  readonly scopes: readonly string[];
}

/** The owner of tokens: the provider and its own id of the installation, workspace or account. */
export interface CredentialKey {
  /** The provider's name. */
  readonly provider: string;
  /** The provider's own id of the owner. */
  readonly externalId: string;
}

/** Requests new tokens from the provider, with the refresh token of the stored ones. `signal` aborts at the renewal's deadline. */
export type RenewTokens = (stored: OAuthTokens, options: { readonly signal: AbortSignal }) => Promise<OAuthTokens>;

/** How {@link CredentialStore.refresh} waits. */
export interface RefreshOptions {
  /**
   * How long `renew` may take, and then again how long storing its result is tried, in milliseconds; at most 20000.
   * @defaultValue 10000
   */
  readonly timeoutMs?: number;
  /** Ends the caller's wait. A renewal that has begun goes on: its tokens may be the only valid ones. */
  readonly signal: AbortSignal;
}

/**
 * Tokens of installations and accounts, encrypted at rest where the store is a database. Methods that store tokens throw
 * AgentBotError `REQUEST_INVALID` for tokens that are not printable ASCII (RFC 6749, appendix A) or have an invalid date.
 */
export interface CredentialStore {
  /** The stored tokens, or null. */
  find(key: CredentialKey): Promise<OAuthTokens | null>;
  /** Stores tokens in place of earlier ones. */
  save(key: CredentialKey, tokens: OAuthTokens): Promise<void>;
  /**
   * Renews tokens once, however many processes ask, under a lock on the row:
   *
   * - Only tokens that are stored exactly as `stale` (access token, refresh token and expiry) are renewed; any others were
   *   saved or renewed meanwhile and are returned as they are.
   * - `renew` is called at most once, since its refresh token may be good for one use. If it throws, the stored tokens stay
   *   and the error is passed on.
   * - Storing the result is tried again, still under the lock, while the store is unavailable. Tokens that were saved
   *   meanwhile win, and removed ones do not come back.
   *
   * @returns the tokens to use; null if there are none: nothing is stored, or the stale tokens have no refresh token
   * @throws AgentBotError `CREDENTIALS_LOST` if `renew` does not answer in time (an answer that comes later is still stored)
   * or its result cannot be stored: the provider may have replaced the stored tokens
   */
  refresh(
    key: CredentialKey,
    stale: OAuthTokens,
    renew: RenewTokens,
    options: RefreshOptions,
  ): Promise<OAuthTokens | null>;
  /** Erases the tokens. Repeating is harmless. */
  remove(key: CredentialKey): Promise<void>;
}
