import type { Issue } from '../domain/finding.ts';
import { rowIssue } from './codes.ts';

const LONE_SURROGATE = /\p{Surrogate}/u;
// C0 controls but tab, line feed and carriage return; NUL has a code of its own.
// biome-ignore lint/suspicious/noControlCharactersInRegex: looking for them is the purpose
const CONTROL = /[\u0001-\u0008\u000b\u000c\u000e-\u001f]/;

/** What is wrong with a text that is trained on verbatim. `what` begins the sentence: `the prompt`. */
export function checkText(text: string, what: string): Issue[] {
  const issues: Issue[] = [];
  const nul = text.indexOf('\0');
  if (nul >= 0) {
    const message = `${what} contains U+0000 at character ${nul + 1}`;
    issues.push(
      rowIssue('TEXT_NUL', message, 'Remove it; files written as UTF-16 but read as something else have many.'),
    );
  }
  const surrogate = LONE_SURROGATE.exec(text);
  if (surrogate) {
    const message = `${what} contains half of a character (a lone surrogate) at character ${surrogate.index + 1}`;
    issues.push(
      rowIssue('TEXT_SURROGATE', message, 'The text was cut within an emoji or a rare letter; write it again.'),
    );
  }
  const control = CONTROL.exec(text);
  if (control) {
    const code = control[0].charCodeAt(0).toString(16).padStart(4, '0').toUpperCase();
    const message = `${what} contains the control character U+${code} at character ${control.index + 1}; it is kept`;
    issues.push(rowIssue('TEXT_CONTROL', message, 'Remove it if it is not meant to be learned.'));
  }
  return issues;
}
