// A room as Streamlit's component: mounted once an element, told of new data, and taken down with it.

/**
 * What a component's module must export, made of a room's own `mount(element, data, { key, onRelease, onAsk })`,
 * which gives {update, destroy, settle: sends at once a state that waits to be sent}.
 * Streamlit calls it at mount and again whenever data or theme change, with the same parent element.
 */
export function asComponent(mount) {
  const rooms = new WeakMap();
  return (component) => {
    const { data, parentElement, key } = component;
    const held = rooms.get(parentElement);
    if (held) {
      held.component = component;
      held.room.update(data);
    } else {
      const fresh = { component, room: null };
      fresh.room = mount(parentElement, data, {
        key,
        onRelease: (message) => fresh.component.setStateValue("state", message),
        onAsk: (what) => {
          fresh.room.settle?.(); // a state that came behind it would end the run that answers
          fresh.component.setTriggerValue("ask", what);
        },
      });
      rooms.set(parentElement, fresh);
    }
    return () => {
      rooms.get(parentElement)?.room.destroy();
      rooms.delete(parentElement);
    };
  };
}
