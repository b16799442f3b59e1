/** What we need of an XML element; that of `@xmpp/xml` is one. */
export interface XmlElement {
  readonly name: string
  readonly attrs: Readonly<Record<string, unknown>>
  is(name: string, namespace?: string): boolean
  getChild(name: string, namespace?: string): XmlElement | undefined
  getChildren(name: string, namespace?: string): XmlElement[]
  getChildText(name: string, namespace?: string): string | null
}

/** Makes an element; `xml` of `@xmpp/client` does. */
export type XmlFactory<Element> = (name: string, attrs: Record<string, string>, ...children: (Element | string)[]) => Element
