import type { BotIdentity } from "./draft-request.js";
import type { PayloadAccount } from "./payload-schemas.js";

/** Is this the account of the bot: its name, or the login GitHub gives the App of that name? */
export function isBotAccount(account: PayloadAccount, bot: BotIdentity): boolean {
  const login = account?.login.toLowerCase().replace(/\[bot\]$/, "");
  return login === bot.name.toLowerCase();
}

/** Is this the label that asks the bot? GitHub's labels are unique whatever their case. */
export function isBotLabel(label: { readonly name: string } | null | undefined, bot: BotIdentity): boolean {
  return label?.name.toLowerCase() === bot.name.toLowerCase();
}
