// The state machine as text, byte for byte: as an object in the template it would lose its nulls, which CloudFormation forbids.
const { readFileSync } = require('node:fs');
const { join } = require('node:path');

module.exports = { text: readFileSync(join(__dirname, '../functions/pipeline.asl.json'), 'utf8') };
