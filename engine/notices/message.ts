import { chat } from './chat.ts';
import { email, sms, subject } from './e-mail.ts';
import type { Notice } from './notice.ts';

/** What SNS is given, with `MessageStructure: json`: each protocol's own text, and one for those that are not named. */
export interface Message {
  readonly subject: string;
  readonly body: string;
}

/** One publication for every subscriber. Notices cut their own lines, so it stays far below SNS's 256 KiB. */
export function messageOf(notice: Notice): Message {
  const plain = email(notice);
  const structured = JSON.stringify(chat(notice));
  const texts = { default: plain, email: plain, https: structured, sms: sms(notice) };
  return { subject: subject(notice), body: JSON.stringify(texts) };
}
