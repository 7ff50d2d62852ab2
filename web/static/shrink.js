// A photograph of a phone is larger than what is taken: it is made smaller before it leaves. Where that cannot be done it
// leaves as it is, and the server says what is wrong with it.

const MOST_BYTES = 1_500_000, MOST_PIXELS = 3_000, WANTED = 1_200;

async function shrunk(file) {
  const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  const longest = Math.max(picture.width, picture.height);
  if (file.size <= MOST_BYTES && longest <= MOST_PIXELS) return file;
  const scale = Math.min(1, WANTED / longest);
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  // What may be transparent stays so.
  const type = file.type === "image/jpeg" ? "image/jpeg" : "image/png";
  const blob = await new Promise((done) => canvas.toBlob(done, type, 0.9));
  return blob && blob.size < file.size ? new File([blob], file.name, { type }) : file;
}

for (const input of document.querySelectorAll('input[type="file"]')) {
  input.addEventListener("change", async () => {
    const [file] = input.files;
    if (!file || !/^image\/(png|jpeg|webp)$/.test(file.type)) return;
    try {
      const smaller = await shrunk(file);
      if (smaller === file || input.files[0] !== file) return;
      const chosen = new DataTransfer();
      chosen.items.add(smaller);
      input.files = chosen.files;
    } catch {
      // No picture, or a browser without these means.
    }
  });
}
