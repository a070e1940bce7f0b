import { describe, expect, it } from 'vitest';
import { readColumns } from '../../lib/rows/columns.ts';

describe('readColumns', () => {
  it.each([
    ['prompt,completion,files', { prompt: 0, completion: 1, files: 2, system: null, split: null }],
    ['Completion, PROMPT ', { prompt: 1, completion: 0, files: null }],
    ['\ufeffprompt,completion', { prompt: 0, completion: 1 }],
    ['Input,Output,Images', { prompt: 0, completion: 1, files: 2 }],
    ['question,answer,image', { prompt: 0, completion: 1, files: 2 }],
    ['instruction,response,attachments', { prompt: 0, completion: 1, files: 2 }],
    ['text,label,media', { prompt: 0, completion: 1, files: 2 }],
    ['file name,prompt,completion,System Prompt,Split', { files: 0, prompt: 1, completion: 2, system: 3, split: 4 }],
    ['ｐｒｏｍｐｔ,completion', { prompt: 0, completion: 1 }],
    ['prompt,completion,finedrop_rest,finedrop_fixes,error', { rest: 2, fixes: 3, ignored: [4] }],
  ])('reads the header %s', (header, expected) => {
    const read = readColumns(header.split(','));
    expect(read).toMatchObject({ columns: { ...expected, header: header.split(',') }, issues: [] });
  });

  it.each([
    ['', 'TABLE_HEADER_EMPTY', 'the table has no header'],
    [' , ', 'TABLE_HEADER_EMPTY', 'the table has no header'],
    ['a,b', 'TABLE_HEADER_UNKNOWN', 'the header names neither a prompt nor a completion column: a, b'],
    ['prompt,files', 'TABLE_HEADER_MISSING', 'the header has no completion column: prompt, files'],
    ['files', 'TABLE_HEADER_MISSING', 'the header has no prompt and no completion column: files'],
    ['prompt,completion,Prompt', 'TABLE_HEADER_DUPLICATE', '"prompt" and "Prompt" both mean the prompt column'],
    ['prompt,input,completion', 'TABLE_HEADER_DUPLICATE', '"prompt" and "input" both mean the prompt column'],
    ['prompt,completion,file,images', 'TABLE_HEADER_DUPLICATE', '"file" and "images" both mean the files column'],
  ])('refuses the header "%s"', (header, code, message) => {
    const read = readColumns(header.split(','));
    expect(read).not.toHaveProperty('columns');
    expect(read.issues.filter((issue) => issue.severity === 'error')).toMatchObject([{ code, message }]);
  });

  it.each([
    ['promt,completion', 'Is "promt" the prompt? Rename it.'],
    ['prompt,Compltion', 'Is "Compltion" the completion? Rename it.'],
    ['"prompt;completion;files"', 'The whole header was read as one column'],
    ['prompt,x', 'add completion (or '],
  ])('says how to mend the header %s', (header, hint) => {
    const cells = header.startsWith('"') ? [header.slice(1, -1)] : header.split(',');
    const [issue] = readColumns(cells).issues;
    expect(issue?.hint).toContain(hint);
  });

  it('refuses a header without any cell, and one of more than 64 columns', () => {
    expect(readColumns([]).issues).toMatchObject([{ code: 'TABLE_HEADER_EMPTY' }]);
    const wide = ['prompt', 'completion', ...Array.from({ length: 63 }, (_, index) => `c${index}`)];
    expect(readColumns(wide).issues).toMatchObject([{ code: 'TABLE_HEADER_COLUMNS' }]);
    expect(readColumns(wide.slice(0, 64))).toHaveProperty('columns');
  });

  it('warns of columns that it does not read, with the nearest known one; nameless ones are passed over', () => {
    const read = readColumns(['prompt', 'completion', 'flies', 'notes', '__proto__', '']);
    expect(read).toMatchObject({ columns: { ignored: [2, 3, 4, 5] } });
    expect(read.issues).toEqual([
      {
        code: 'TABLE_COLUMN_IGNORED',
        severity: 'warning',
        message: 'the column "flies" is not known and not read',
        hint: 'Did you mean "files"?',
      },
      { code: 'TABLE_COLUMN_IGNORED', severity: 'warning', message: 'the column "notes" is not known and not read' },
      {
        code: 'TABLE_COLUMN_IGNORED',
        severity: 'warning',
        message: 'the column "__proto__" is not known and not read',
      },
    ]);
    expect(readColumns(['prompt', 'completion', 'filess']).issues[0]?.hint).toBe('Did you mean "files"?');
  });
});
