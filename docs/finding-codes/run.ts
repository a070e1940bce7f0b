/** What a run did or could not do. */
export const RUN = {
  DATASET_FILES_TOO_MANY: {
    severity: 'error',
    summary: 'The drop has more dataset files than are read.',
    remedy: 'Join them: a file may have millions of rows, and a .jsonl file as many chats.',
    example: 'the drop has 30000 dataset files; at most 10000 are read',
  },
  DATASET_NAME_TOO_LONG: {
    severity: 'error',
    summary: "The dataset's name is too long for the names of its results.",
    remedy: 'Rename the folder, and drop it again.',
    example:
      'the dataset\'s name "owlsowlsowlsowlsowlsowlsowlsowlsowlsowlsowlsowlsowlsowlsowlsowlsowlsowlsowlsowl…" has 600 bytes; at most 512 fit into the names of its results',
  },
  ADJUSTED: {
    severity: 'info',
    summary:
      'Something was changed so that the target can take the row: a GIF became a PNG, a text file a part of the prompt.',
    remedy: 'Nothing needs to be done.',
    example: 'train.csv, row 4, files, part 1, openai only: "owl.gif": converted from GIF to PNG (gif-to-png)',
  },
  VALIDATION_SPLIT: {
    severity: 'info',
    summary: 'No row is marked as validation, so that a share of the rows validates, chosen by their content.',
    remedy: 'Mark rows with a "split" column or a validation file, or set validation.share to 0 in the job spec.',
    example: 'no row is marked as validation, and there are 120: about 10% of them validate, chosen by their content',
  },
  VALIDATION_LEAK: {
    severity: 'warning',
    summary: 'The same input stands in the training and in the validation data.',
    remedy: 'Keep it on one side: what a model was trained on tells nothing when it validates.',
    example: 'train.csv, row 6: the same input stands in the training data: row 1 of "train.csv"',
  },
  VALIDATION_LEAK_MEDIA: {
    severity: 'warning',
    summary: 'The same file, by its bytes, stands in the training and in the validation data.',
    remedy: 'Keep all rows of a file on one side, by a "split" column or a validation file.',
    example: 'train.csv, row 5: the file "owl.gif" stands in the training data as well: row 4 of "train.csv"',
  },
  ANSWERS_CONFLICT: {
    severity: 'warning',
    summary: 'The same input has different answers in two rows.',
    remedy: 'Decide which of the answers the model should learn, or say in the input what makes the difference.',
    example: 'train.csv, row 3: the same input has another answer in row 1 of "train.csv"',
  },
  ROW_DUPLICATE: {
    severity: 'info',
    summary: 'Two rows have the same input and the same answer.',
    remedy: 'Remove one of the two, unless it is meant to weigh twice.',
    example: 'train.csv, row 2: the same input and answer stand in row 1 of "train.csv"',
  },
  COMPARISONS_CUT: {
    severity: 'info',
    summary: 'Comparing the rows found more of one kind than are listed.',
    remedy: 'Mend those that are listed, and check again.',
    example: '1 more rows stand in the dataset already; the first 100 are listed',
  },
  ANSWERS_UNEVEN: {
    severity: 'info',
    summary: 'The answers are a few classes of very uneven size, or all the same.',
    remedy: 'Add rows of the rare answers, or take out some of the common ones, unless life is as uneven.',
    example: 'the answers of 33 rows are 2 classes of very uneven size: "no" stands 31 times, "yes" 2 times',
  },
  VALIDATION_NOT_TAKEN: {
    severity: 'info',
    summary: 'The model takes no validation file: the validation rows train instead.',
    remedy: 'Drop those rows if they must not be learned.',
    example: 'bedrock only: amazon.nova-2-lite-v1:0:256k takes no validation file: its 3 validation rows train instead',
  },
  VALIDATION_SURPLUS: {
    severity: 'info',
    summary: 'There are more validation rows than the target takes: some of them, chosen by their content, train.',
    remedy: 'Mark fewer rows as validation to choose yourself which of them train.',
    example:
      'vertex only: Vertex AI takes at most 1,000 validation rows beside 13 others; of 1,001, those over it train instead',
  },
  NOTHING_TO_TRAIN: {
    severity: 'error',
    summary: 'No row is left that the target can take.',
    remedy: 'See the findings of this target for each excluded row, or choose another target.',
    example: 'openai only: no row is left that OpenAI can take',
  },
  TRAINED_BEFORE: {
    severity: 'info',
    summary:
      'With retrain: {from: last, rows: new}: the model that training goes on from has learned these rows, so that only the others train.',
    remedy: 'Train on all of them again with retrain: {rows: all}.',
    example: 'openai only: of 50 rows, 30 were trained before by ft:job-1 and are left out',
  },
  RETIRE_UNKNOWN: {
    severity: 'warning',
    summary: 'A row of a list of rows to take out names no row of the dataset.',
    remedy:
      'Nothing needs to be done if it was taken out before; otherwise write the id or the prompt as the dataset has it.',
    example: 'retire.csv, row 1: no row has the id "7"',
  },
  HISTORY_MISSING: {
    severity: 'error',
    summary:
      'With retrain: {history: append}: rows of an earlier state, or their files, are not in the results any more.',
    remedy: 'Restore them, or train on what the drop holds now with retrain: {history: replace}.',
    example:
      'the rows of an earlier state are missing: ".finedrop/history/museum/snapshots/609ac967e072414f/kept.jsonl" is not in the results',
  },
  TOO_MANY_EXCLUDED: {
    severity: 'error',
    summary: 'The target would leave out more rows than maxExcluded allows.',
    remedy: 'See the findings of this target for each excluded row; mend them, or raise maxExcluded in finedrop.yaml.',
    example: 'openai only: 3 of 15 rows cannot be taken, and maxExcluded is 1',
  },
  FIX_WITHOUT_ORIGINAL: {
    severity: 'error',
    summary: 'Rows of a dropped-back file fix rows that the drop no longer holds.',
    remedy: 'Restore the original file, or take the finedrop_fixes column out to add these rows as new ones.',
    example:
      'train.rejected.csv: 1 row of this file fix rows that the drop no longer holds: "train.csv" is not in the drop',
  },
  MEDIA_BASE_PLACEHOLDER: {
    severity: 'info',
    summary: 'The lines name media under a bucket that is only a placeholder.',
    remedy: 'Give --media-base with the place to which you will upload the media.',
    example: 'vertex only: the lines name media under "gs://your-bucket/media", which is a placeholder',
  },
} as const;
