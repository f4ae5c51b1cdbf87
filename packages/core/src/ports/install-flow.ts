/** What a finished installation gives. */
export interface InstalledApp {
  readonly externalId: string;
  readonly account: string;
}

/** The way a person installs the bot through OAuth. State, cookie and PKCE are the gateway's. */
export interface InstallFlow {
  /** Where to send the browser. */
  authorizeUrl(request: {
    readonly state: string;
    readonly codeChallenge: string;
    readonly redirectUri: string;
  }): string;
  /** Exchanges the code and proves that the person may bind this installation. */
  exchange(request: {
    readonly parameters: URLSearchParams;
    readonly codeVerifier: string;
    readonly redirectUri: string;
    readonly signal: AbortSignal;
  }): Promise<InstalledApp>;
}
