// Puts together what a server is shipped with: ship.js TARGET FILE...
// That is the named files and folders without tests, package.json, and the script "start" as a file to execute.
const fs = require("fs");
const path = require("path");

const TESTS = /(^|\/)(__tests__|__mocks__|coverage)(\/|$)|\.(test|spec)\.[a-z.]+$/;
const [target, ...files] = process.argv.slice(2);
const { scripts = {}, main } = JSON.parse(fs.readFileSync("package.json", "utf8"));
const start = scripts.start || (main && `node ${main}`);
const missing = files.filter((file) => !fs.existsSync(file));

function refuse(why) {
  console.error(why);
  process.exit(1);
}

if (!start) refuse('package.json has no script "start" and no "main": nothing says how the server is started');
if (missing.length) refuse(`the build made no ${missing.join(", ")}; name what is to be shipped in build.args.FILES`);

fs.mkdirSync(target, { recursive: true });
for (const file of ["package.json", ...files]) {
  fs.cpSync(file, path.join(target, file), { recursive: true, filter: (source) => !TESTS.test(source) });
}
// One command takes the shell's place, so that signals reach it. Several, as "migrate && node .", need the shell.
const command = /[;&|]/.test(start) ? start : `exec env ${start}`;
const launcher = `#!/bin/sh\nPATH="/app/node_modules/.bin:$PATH"\nexport PATH\n${command}\n`;
fs.writeFileSync(path.join(target, "start"), launcher, { mode: 0o755 });
