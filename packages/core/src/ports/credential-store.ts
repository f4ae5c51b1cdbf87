/** Tokens that an account granted through OAuth 2.0 (RFC 6749). */
export interface OAuthTokens {
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
  readonly provider: string;
  readonly externalId: string;
}

/** Tokens of installations and accounts, encrypted at rest where the store is a database. */
export interface CredentialStore {
  /** The stored tokens, or null. */
  find(key: CredentialKey): Promise<OAuthTokens | null>;
  /** Stores tokens in place of earlier ones. */
  save(key: CredentialKey, tokens: OAuthTokens): Promise<void>;
  /**
   * Renews tokens once, however many processes ask: under a lock on the row, `renew` is called with the stored tokens if
   * they still are `stale`, and its result is stored and returned; tokens that another caller has renewed meanwhile are
   * returned as they are. If `renew` throws, the stored tokens stay and the error is passed on.
   *
   * @returns the tokens to use, or null if none are stored.
   */
  refresh(
    key: CredentialKey,
    stale: OAuthTokens,
    renew: (stored: OAuthTokens) => Promise<OAuthTokens>,
    options: { readonly signal: AbortSignal },
  ): Promise<OAuthTokens | null>;
  /** Erases the tokens. Repeating is harmless. */
  remove(key: CredentialKey): Promise<void>;
}
