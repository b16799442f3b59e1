/** What we need of an XML element; that of `@xmpp/xml` is one. */
export interface XmlElement {
  /** Its name, without a namespace. */
  readonly name: string
  /** Its attributes. */
  readonly attrs: Readonly<Record<string, unknown>>
  /** Whether it has this name, in this namespace. */
  is(name: string, namespace?: string): boolean
  /** The first child with this name. */
  getChild(name: string, namespace?: string): XmlElement | undefined
  /** All children with this name. */
  getChildren(name: string, namespace?: string): XmlElement[]
  /** The text of the first child with this name. */
  getChildText(name: string, namespace?: string): string | null
}

/** Makes an element; `xml` of `@xmpp/client` does. */
export type XmlFactory<Element> = (name: string, attrs: Record<string, string>, ...children: (Element | string)[]) => Element
