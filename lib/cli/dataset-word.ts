/** The dataset that a word names: people write the folder or the address of its drop as well, `./birds/` or `s3://inbox/birds`. */
export function datasetOfWord(word: string | undefined): string | undefined {
  return word
    ?.replace(/[/\\]+$/, '')
    .split(/[/\\]/)
    .at(-1);
}
