/** The three characters that Slack gives a meaning in every text. Without them no mention, link or command can be written. */
export const escapeMrkdwn = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
