// Reads an Apache Parquet file with hyparquet, in a process of its own: never part of the project.
// Standard input: the file. Standard output: JSON, the columns' names and types, then the rows.
import {readFileSync} from 'node:fs';
import {gunzipSync} from 'node:zlib';
const hyparquet = await import(`${process.env.NODE_PATH}/hyparquet/src/index.js`);

const {buffer: file} = new Uint8Array(readFileSync(0));
const {schema} = hyparquet.parquetMetadata(file);
const columns = schema.slice(1).map((one) => [one.name, one.type, one.converted_type ?? null]);
const rows = await hyparquet.parquetReadObjects({file, compressors: {GZIP: (page) => gunzipSync(page)}});
const told = rows.map((row) => columns.map(([name]) => row[name] ?? null));
process.stdout.write(JSON.stringify([columns, told]));
