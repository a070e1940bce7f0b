import { z } from 'zod';
import { hashOf } from './canonical.ts';

/** Version of the canonical form; it changes when a reader of the old form would misread the new one. */
export const EXAMPLE_VERSION = 1;

export const splitSchema = z.enum(['train', 'validation']);
export type Split = z.infer<typeof splitSchema>;

export const partSchema = z.union([
  z.strictObject({ text: z.string() }),
  /** `media` is the id of a media reference of the same example. */
  z.strictObject({ media: z.string(), detail: z.enum(['auto', 'low', 'high']).optional() }),
]);
export type Part = z.infer<typeof partSchema>;

export const toolCallSchema = z.strictObject({
  id: z.string(),
  name: z.string(),
  /** JSON text, as the chat formats carry it. */
  arguments: z.string(),
});
export type ToolCall = z.infer<typeof toolCallSchema>;

export const messageSchema = z.strictObject({
  role: z.enum(['system', 'user', 'assistant', 'tool']),
  parts: z.array(partSchema),
  name: z.string().optional(),
  /** 0 = an assistant turn that is context only. */
  weight: z.union([z.literal(0), z.literal(1)]).optional(),
  toolCalls: z.array(toolCallSchema).optional(),
  toolCallId: z.string().optional(),
});
export type Message = z.infer<typeof messageSchema>;

export const toolSchema = z.strictObject({
  name: z.string(),
  description: z.string().optional(),
  /** JSON Schema of the arguments. */
  parameters: z.record(z.string(), z.unknown()).optional(),
});
export type Tool = z.infer<typeof toolSchema>;

export const sourceSchema = z.strictObject({
  file: z.string(),
  sheet: z.string().optional(),
  row: z.int().positive(),
  line: z.int().positive().optional(),
});

/** One training row in the canonical form, whatever file it came from. */
export const exampleSchema = z.strictObject({
  /** `e_` + 16 hex over what the row says (texts, and references as written): equal rows have equal ids. */
  id: z.string(),
  /** What the file says of the row's side; null = finedrop splits. */
  split: splitSchema.nullable(),
  source: sourceSchema,
  tools: z.array(toolSchema).optional(),
  messages: z.array(messageSchema).min(1),
});
export type Example = z.infer<typeof exampleSchema>;

/** The id of an example: `spoken` gives each reference's written form, so that a renamed file is another row. */
export function exampleId(
  messages: readonly Message[],
  tools: readonly Tool[] | undefined,
  spoken: (reference: string) => string,
): string {
  const said = messages.map((message) => ({
    ...message,
    parts: message.parts.map((part) => ('media' in part ? { ...part, media: spoken(part.media) } : part)),
  }));
  return `e_${hashOf({ version: EXAMPLE_VERSION, messages: said, tools: tools ?? null }).slice(0, 16)}`;
}
