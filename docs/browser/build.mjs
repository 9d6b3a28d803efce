// Makes outreach/web/static/vendor anew from what npm has of package-lock.json: `make browser-files`.
import { createHash } from "node:crypto";
import { readFile, readdir, writeFile } from "node:fs/promises";
import { build } from "esbuild";

const OUT = new URL("../../outreach/web/static/vendor/", import.meta.url), FILE = "codemirror-6.min.js";
const lock = JSON.parse(await readFile("package-lock.json", "utf8")).packages;

// The desk's policy (CSP) takes no <style> from a script. style-mod makes one in a document, and none in a shadow tree,
// where it adopts a style sheet; every browser of today can do so in a document too. That condition is all that is changed.
const adopts = {
  name: "adopts",
  setup(made) {
    made.onLoad({ filter: /style-mod\.js$/ }, async ({ path }) => {
      const as = await readFile(path, "utf8"), changed = as.replace("if (!root.head && root.adoptedStyleSheets", "if (root.adoptedStyleSheets");
      if (changed === as) throw new Error("style-mod has changed: look at how it mounts a style sheet");
      return { contents: changed, loader: "js" };
    });
  },
};
const made = await build({
  entryPoints: ["codemirror.mjs"], bundle: true, minify: true, format: "esm", target: "es2022", charset: "utf8",
  legalComments: "none", metafile: true, outfile: new URL(FILE, OUT).pathname, plugins: [adopts],
  banner: { js: "/* CodeMirror 6, MIT licence: codemirror-LICENSES.txt. Made by docs/browser/build.mjs. */" },
});
const inside = Object.entries(Object.values(made.metafile.outputs)[0].inputs).filter(([, one]) => one.bytesInOutput);
const packages = [...new Set(inside.map(([path]) => path.match(/node_modules\/((?:@[^/]+\/)?[^/]+)/)?.[1]).filter(Boolean))].sort();
const licences = [], listed = [];
for (const name of packages) {
  const { version, license } = lock[`node_modules/${name}`];
  listed.push({ name, version, license, integrity: lock[`node_modules/${name}`].integrity });
  licences.push(`${name} ${version}\n\n${(await readFile(`node_modules/${name}/LICENSE`, "utf8")).trim()}\n`);
}
await writeFile(new URL("codemirror-LICENSES.txt", OUT), licences.join("\n----\n\n"));
await writeFile(new URL("packages.json", OUT), JSON.stringify(listed, null, 1) + "\n");
const digests = [];
for (const file of (await readdir(OUT)).filter((one) => one !== "SHA256SUMS").sort()) {
  digests.push(`${createHash("sha256").update(await readFile(new URL(file, OUT))).digest("hex")}  ${file}\n`);
}
await writeFile(new URL("SHA256SUMS", OUT), digests.join(""));
