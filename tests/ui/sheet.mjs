// Rows -> an Excel file (.xlsx): a ZIP archive whose files are stored as they are, with one sheet of texts.
import { crc32 } from 'node:zlib';

const escaped = (text) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;');

const cell = (text) => `<c t="inlineStr"><is><t>${escaped(text)}</t></is></c>`;

const parts = (rows) => ({
  '[Content_Types].xml':
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>',
  '_rels/.rels':
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="w" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>',
  'xl/workbook.xml':
    '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="客户" sheetId="1" r:id="s"/></sheets></workbook>',
  'xl/_rels/workbook.xml.rels':
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="s" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
  'xl/worksheets/sheet1.xml': `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>${rows
    .map((row) => `<row>${row.map(cell).join('')}</row>`)
    .join('')}</sheetData></worksheet>`,
});

/** What a local header and a central one have in common: version, flags (UTF-8), method 0, time, date, sum, sizes, length of the name. */
function fields(name, content) {
  const made = Buffer.alloc(26);
  [20, 0x0800, 0, 0, 0x21].forEach((value, at) => made.writeUInt16LE(value, 2 * at));
  [crc32(content), content.length, content.length].forEach((value, at) => made.writeUInt32LE(value, 10 + 4 * at));
  made.writeUInt16LE(name.length, 22);
  return made;
}

export function workbook(rows) {
  const files = Object.entries(parts(rows)).map(([name, text]) => [Buffer.from(name), Buffer.from(text)]);
  const [local, central] = [[], []];
  let at = 0;
  for (const [name, content] of files) {
    const own = fields(name, content);
    const one = Buffer.concat([Buffer.from('PK\x03\x04'), own, name, content]);
    const where = Buffer.alloc(14);
    where.writeUInt32LE(at, 10);
    central.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00'), own, where, name]));
    local.push(one);
    at += one.length;
  }
  const listed = Buffer.concat(central);
  const end = Buffer.alloc(18);
  [files.length, files.length].forEach((value, n) => end.writeUInt16LE(value, 4 + 2 * n));
  end.writeUInt32LE(listed.length, 8);
  end.writeUInt32LE(at, 12);
  return Buffer.concat([...local, listed, Buffer.from('PK\x05\x06'), end]);
}
