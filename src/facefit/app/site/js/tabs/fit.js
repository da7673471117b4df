export function mount(element, context) {
  element.textContent = "";
}

export function unmount() {}
