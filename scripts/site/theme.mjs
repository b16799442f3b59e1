import { DefaultTheme, KindRouter } from 'typedoc'

/** A page of Markdown has the address of its file; the pages of the API are under api/. */
export class SiteRouter extends KindRouter {
  getIdealBaseName(reflection) {
    return reflection.otr4Page?.url ?? `api/${super.getIdealBaseName(reflection)}`
  }
}

/** TypeDoc's default theme. Its navigation has the sections of the front page, and below them the entrances. */
export class SiteTheme extends DefaultTheme {
  buildNavigation(project) {
    const entries = super.buildNavigation(project).flatMap((entry) => entry.path === undefined ? entry.children : entry)
    const at = (target) => {
      const path = this.router.getFullUrl(target)
      const entry = entries.find((one) => one.path === path)
      if (entry === undefined) throw new Error(`the navigation has no ${target.name}`)
      return entry
    }
    const modules = (project.children ?? []).map(at)
    const documents = new Map((project.documents ?? []).map((document) => [document.otr4Page, at(document)]))
    return [
      ...project.otr4Pages.sections.map(({ title, pages }) => ({ text: title, children: pages.map((page) => documents.get(page)) })),
      { text: 'API', children: modules },
    ]
  }
}
