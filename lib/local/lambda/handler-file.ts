import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { FunctionFailure, LambdaFunction } from './lambda-function.ts';

/** In the order in which Lambda's runtime looks for them. */
const EXTENSIONS = ['.js', '.mjs', '.cjs'];

/** The file that a handler setting names, and what it exports; else the failure that every call of the function would end in. */
export async function handlerFile({
  handler,
  folder,
}: Pick<LambdaFunction, 'handler' | 'folder'>): Promise<
  { path: string; exportName: string } | { failure: FunctionFailure }
> {
  const [, module, exportName] = /^((?:.*\/)?[^./]+)\.(.+)$/s.exec(handler) ?? [];
  if (module === undefined || exportName === undefined || handler.includes('..')) {
    return { failure: { errorType: 'Runtime.MalformedHandlerName', errorMessage: 'Bad handler' } };
  }
  for (const extension of EXTENSIONS) {
    const path = join(folder, `${module}${extension}`);
    const isThere = await access(path).then(
      () => true,
      () => false,
    );
    if (isThere) return { path, exportName };
  }
  const errorMessage = `Error: Cannot find module '${module}'`;
  return { failure: { errorType: 'Runtime.ImportModuleError', errorMessage } };
}
