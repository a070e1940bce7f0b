import { describe, expect, it } from 'vitest';
import type { Message } from '../../lib/domain/example.ts';
import { bedrock } from '../../lib/providers/bedrock/index.ts';
import type { PreparedMedia } from '../../lib/providers/provider.ts';
import {
  accepted,
  assistant,
  weatherCall as call,
  example,
  excludedCodes,
  NOVA_2_LITE,
  options,
  user,
  weatherTool,
} from './bedrock-fixtures.ts';

const { format } = bedrock;
const none = new Map<string, PreparedMedia>();
const question = user({ text: 'Hoo?' });
const answer = assistant('An owl.');

const toolChat = (change: Partial<Message>, toolCallId = 'c1') =>
  example(
    [
      question,
      { role: 'assistant', parts: [], toolCalls: [call('c1', 'Oslo')], ...change },
      { role: 'tool', toolCallId, parts: [{ text: 'cold' }] },
      answer,
    ],
    { tools: [weatherTool] },
  );

describe('tools', () => {
  it('are taken by every model, with a warning that no page, or not every page, documents them', () => {
    const codes = (model: string) =>
      accepted(format(toolChat({}), none, options({ model }))).issues.map(({ code }) => code);
    expect(codes(NOVA_2_LITE)).toEqual(['TOOLS_UNDOCUMENTED']);
    expect(codes(options().target.model)).toEqual(['TOOLS_UNDOCUMENTED']);
  });

  it('get a description and a schema, which Bedrock wants', () => {
    const chat = example([question, answer], { tools: [{ name: 'look' }, { name: 'see', description: ' ' }] });
    const { line, issues } = accepted(format(chat, none, options({ model: NOVA_2_LITE })));
    expect(JSON.parse(line.join('')).toolConfig.tools).toEqual([
      { toolSpec: { name: 'look', description: 'look', inputSchema: { json: { type: 'object' } } } },
      { toolSpec: { name: 'see', description: 'see', inputSchema: { json: { type: 'object' } } } },
    ]);
    expect(issues.map(({ code }) => code)).toEqual(['TOOL_DESCRIPTION', 'TOOL_DESCRIPTION', 'TOOLS_UNDOCUMENTED']);
  });

  it.each([
    ['arguments that are no JSON', { toolCalls: [{ ...call('c1', ''), arguments: '{' }] }, 'c1', 'no JSON object'],
    ['arguments that are a list', { toolCalls: [{ ...call('c1', ''), arguments: '[]' }] }, 'c1', 'no JSON object'],
    ['an unknown tool', { toolCalls: [{ ...call('c1', ''), name: 'other' }] }, 'c1', 'not among the tools'],
    ['a name with a space', { toolCalls: [{ ...call('c1', ''), name: 'a b' }] }, 'c1', 'no tool name'],
    ['an id twice', { toolCalls: [call('c1', 'a'), call('c1', 'b')] }, 'c1', 'the same id'],
    ['an id with a space', { toolCalls: [call('c 1', 'a')] }, 'c 1', 'an id that Bedrock does not take'],
    ['an answer to nothing', {}, 'c2', 'answers a call that no turn'],
  ])('are refused for %s', (_what, change, id, message) => {
    expect(JSON.stringify(format(toolChat(change, id), none, options()))).toContain(message);
  });

  it('are refused where two have one name', () => {
    const chat = example([question, answer], { tools: [weatherTool, weatherTool] });
    expect(excludedCodes(format(chat, none, options()))).toEqual(['TOOL_CALL']);
  });

  it('are refused when a call is answered twice', () => {
    const chat = toolChat({});
    const messages = chat.messages.flatMap((message) => (message.role === 'tool' ? [message, message] : [message]));
    expect(excludedCodes(format({ ...chat, messages }, none, options()))).toEqual(['TOOL_CALL']);
  });

  it('mind neither empty arguments nor such as nest too deeply to be written', () => {
    const withArguments = (text: string) => toolChat({ toolCalls: [{ ...call('c1', ''), arguments: text }] });
    expect(excludedCodes(format(withArguments(' '), none, options()))).toEqual([]);
    const deep = (levels: number) => withArguments(`{"a":${'['.repeat(levels)}${']'.repeat(levels)}}`);
    expect(excludedCodes(format(deep(63), none, options()))).toEqual([]);
    for (const levels of [64, 5000, 100_000]) {
      expect(excludedCodes(format(deep(levels), none, options()))).toEqual(['TOOL_CALL']);
    }
  });
});
