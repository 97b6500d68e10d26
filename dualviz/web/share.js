// A link and the button that copies it. Pages without https may not use the clipboard: then the old way is tried, and where
// that is refused too, the link is left marked for the hand.

export default function ({ data, parentElement }) {
  const { address, words } = data;
  const [input, button, said, named] = ["input", "button", "p", "label span"].map((part) => parentElement.querySelector(part));
  named.textContent = words.link;
  button.textContent = words.copy;
  if (input.value !== address) said.textContent = "";
  input.value = address;
  input.onfocus = () => input.select();
  button.onclick = async () => {
    said.textContent = "";
    said.textContent = (await copied(input)) ? words.copied : words.refused;
  };
}

/** Copy what a field holds; whether it is on the clipboard. */
async function copied(input) {
  try {
    await navigator.clipboard.writeText(input.value);
    return true;
  } catch {
    input.focus();
    input.select();
    return document.execCommand("copy");
  }
}
