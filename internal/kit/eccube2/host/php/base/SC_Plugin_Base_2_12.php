<?php
/** What a plugin extends up to 2.12: its four methods belong to no object although the engine calls them on the class. */
abstract class SC_Plugin_Base
{
    protected $arrSelfInfo;

    public function __construct(array $arrSelfInfo)
    {
        $this->arrSelfInfo = $arrSelfInfo;
    }

    abstract public function install($arrPlugin);

    abstract public function uninstall($arrPlugin);

    abstract public function enable($arrPlugin);

    abstract public function disable($arrPlugin);

    public function register(SC_Helper_Plugin $objHelperPlugin, $priority)
    {
        SC_Helper_Plugin::registerRows($objHelperPlugin, $this, $this->arrSelfInfo, $priority);
    }

    public function getPluginInfo()
    {
        return $this->arrSelfInfo;
    }
}
