// Reads every PHP file under the folders given with PHP 5.2.17, and runs unit52.php in it.
// Prints what PHP says; the last line is "done: N files, M checks" when there is nothing wrong.
import fs from 'node:fs';
import path from 'node:path';
import { loadPHPRuntime, PHP } from '@php-wasm/universal';
import { getPHPLoaderModule } from '@php-wasm/node-5-2';

const roots = process.argv.slice(2);
const php = new PHP(await loadPHPRuntime(await getPHPLoaderModule(), {}));
const head = "<?php error_reporting(E_ALL | E_STRICT); ini_set('display_errors', '1'); ini_set('html_errors', '0'); date_default_timezone_set('Asia/Tokyo'); ";

async function run(code) {
  try {
    const r = await php.run({ code: head + code });
    return { text: r.text + r.errors, ok: r.exitCode === 0 };
  } catch (e) {
    return { text: (e.response ? e.response.text + e.response.errors : String(e)), ok: false };
  }
}

function put(host, guest) {
  if (fs.statSync(host).isDirectory()) {
    php.mkdir(guest);
    return fs.readdirSync(host).filter((n) => n !== 'node_modules').flatMap((n) => put(path.join(host, n), guest + '/' + n));
  }
  php.writeFile(guest, fs.readFileSync(host));
  return guest.endsWith('.php') ? [guest] : [];
}

// The functions that a file calls and PHP 5.2 lacks, unless the file asks function_exists first.
const calls = `
  $known = get_defined_functions(); $known = array_flip($known['internal']);
  $all = token_get_all($code); $tokens = array();
  foreach ($all as $t) { if (!is_array($t) || !in_array($t[0], array(T_WHITESPACE, T_COMMENT, T_DOC_COMMENT), true)) { $tokens[] = $t; } }
  foreach ($tokens as $i => $t) {
    if (!is_array($t) || $t[0] !== T_STRING || !isset($tokens[$i + 1]) || $tokens[$i + 1] !== '(') { continue; }
    $before = is_array($tokens[$i - 1]) ? $tokens[$i - 1][0] : null;
    if (in_array($before, array(T_OBJECT_OPERATOR, T_DOUBLE_COLON, T_FUNCTION, T_NEW), true) || isset($known[strtolower($t[1])])) { continue; }
    if (strpos($code, "function_exists('" . $t[1] . "')") === false) { echo 'calls ' . $t[1] . ' '; }
  }`;

let bad = 0;
const version = await run('echo PHP_VERSION;');
if (version.text !== '5.2.17') {
  console.log('this is PHP ' + version.text);
  bad++;
}
let files = 0;
for (const root of roots) {
  for (const file of put(root, '/' + path.basename(root))) {
    files++;
    // A block that is never entered: everything is compiled, nothing runs.
    const r = await run(`$code = file_get_contents('${file}'); ${calls} $end = strrpos($code, '?' . '>') > strrpos($code, '<' . '?php') ? '<' . '?php }' : '}'; echo eval('if (0) { ?' . '>' . $code . $end) === false ? 'not read' : '';`);
    if (!r.ok || r.text !== '') {
      console.log(file + ': ' + r.text.trim());
      bad++;
    }
  }
}
put(new URL('unit52.php', import.meta.url).pathname, '/unit52.php');
const unit = await run("require '/unit52.php';");
const checks = /^(\d+) checks$/.exec(unit.text.trim());
if (!unit.ok || !checks) {
  console.log('unit52.php: ' + unit.text.trim());
  bad++;
}
console.log(bad ? bad + ' bad' : `done: ${files} files, ${checks[1]} checks`);
process.exit(bad ? 1 : 0);
