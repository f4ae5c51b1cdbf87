export declare const claudeVersion: string;
export declare function findClaude(environment?: Readonly<Record<string, string | undefined>>): string | null;
export declare function provideClaude(options: { readonly isWanted: boolean }): void;
