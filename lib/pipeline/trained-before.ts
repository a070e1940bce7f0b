import type { Example, Split } from '../domain/example.ts';
import { excerpt } from '../domain/excerpt.ts';
import type { Issue } from '../domain/finding.ts';
import type { ModelFacts } from '../providers/facts.ts';
import type { AcceptedRow } from './accept-rows.ts';
import { hashNumber, readContents } from './known-rows.ts';
import type { Manifest, RunTarget } from './manifest.ts';
import type { Plan } from './plan.ts';
import { rowContent } from './row-content.ts';
import type { Services } from './services.ts';
import { CONTENT_DIGITS } from './snapshot-piece.ts';

interface Sides {
  model: ModelFacts;
  plan: Pick<Plan, 'rows' | 'validation' | 'splits'>;
  side: (example: Example) => Split;
}

/** Whether a target leaves a row out because the model that it goes on from was trained on it; throws where that model's snapshot is gone. */
export async function readTrainedBefore(
  services: Services,
  { dataset, spec }: Pick<Manifest, 'dataset' | 'spec'>,
  { target: { without }, model, plan, side }: Sides & { target: Pick<RunTarget, 'without'> },
): Promise<(row: AcceptedRow) => boolean> {
  if (without === undefined) return () => false;
  const seen = await readContents(services, { dataset, snapshot: without });
  if (seen === null)
    throw new Error(
      `[convert] the history of "${dataset}" has lost the snapshot ${without}, which tells new rows from old ones. Train on all with retrain: {rows: all}.`,
    );
  const keepsValidation = hasRoomForAll(model, plan, spec.validation.share);
  return (row) =>
    seen.placeOf(hashNumber(rowContent(row).slice(0, CONTENT_DIGITS))) !== -1 &&
    !(keepsValidation && side(row.example) === 'validation');
}

/**
 * Rows that validated before were not learned, and judge the next model by what judged the one before: they stay. But beside a few new
 * rows a provider may take no more than so many of them.
 */
function hasRoomForAll(
  { validationShare }: ModelFacts,
  { rows, validation, splits }: Sides['plan'],
  share: number,
): boolean {
  if (validationShare === undefined) return true;
  const { freeRows } = validationShare.value;
  const expected = splits ? rows * share : validation;
  // Where rows are chosen by their content, four standard deviations.
  return expected + (splits ? 4 * Math.sqrt(expected) : 0) <= freeRows;
}

interface Totals {
  rows: { train: number };
  accepted: number;
  excluded: number;
  trainedBefore: number;
}

/** What the gate says of a target's data, where rows were left out that a model was trained on before. */
export function withTrainedBefore(
  { from = '' }: Pick<RunTarget, 'from'>,
  { rows, accepted, excluded, trainedBefore }: Totals,
  issues: Issue[],
): Issue[] {
  if (trainedBefore === 0) return issues;
  const model = excerpt(from);
  const of = `of ${number(accepted + excluded)} rows, ${number(trainedBefore)} were trained before by ${model}`;
  const all = 'train on all of them again with retrain: {rows: all}';
  if (rows.train === 0)
    return [
      {
        code: 'NOTHING_TO_TRAIN',
        severity: 'error',
        message: `no new row is left to train on: ${of}`,
        hint: `Add rows, or ${all}.`,
      },
    ];
  const hinted = issues.map((issue) =>
    issue.code === 'TOO_FEW_ROWS' ? { ...issue, hint: `Wait for more new rows, or ${all}.` } : issue,
  );
  return [...hinted, { code: 'TRAINED_BEFORE', severity: 'info', message: `${of} and are left out` }];
}

/** Told of a target whose model would be trained on its own rows once more. */
export function nothingNew({ from = '' }: Pick<RunTarget, 'from'>): Issue {
  return {
    code: 'NOTHING_TO_TRAIN',
    severity: 'error',
    message: `nothing is new: ${excerpt(from)} was made of these very rows`,
    hint: 'Add or change rows; to pay for the same ones once more on purpose, there is finedrop run --again.',
  };
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}
