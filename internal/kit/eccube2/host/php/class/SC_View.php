<?php
/**
 * Templates, in the small part of Smarty that the shop's templates here need. A compiled one
 * is kept until the shop clears them, so what a plugin puts in at prefilterTransform stays.
 */
class SC_View
{
    private $vars = array();
    private $dir;
    private $objPage;

    public function __construct($device = DEVICE_TYPE_PC)
    {
        $names = array(DEVICE_TYPE_PC => 'default', DEVICE_TYPE_SMARTPHONE => 'sphone', DEVICE_TYPE_MOBILE => 'mobile', DEVICE_TYPE_ADMIN => 'admin');
        $this->dir = $names[$device];
    }

    public function assign($name, $value)
    {
        $this->vars[$name] = $value;
    }

    public function assignobj($obj)
    {
        $this->vars = array_merge($this->vars, get_object_vars($obj));
    }

    public function setPage($objPage)
    {
        $this->objPage = $objPage;
    }

    public function getResponse($template)
    {
        $source = $this->fetch($template);
        SC_Helper_Plugin_Ex::getSingletonInstance()->doAction('outputfilterTransform', array(&$source, $this->objPage, $template));

        return $source;
    }

    public function fetch($template)
    {
        $compiled = COMPILE_REALDIR . $this->dir . '_' . md5($template) . '.php';
        if (!file_exists($compiled)) {
            $source = file_get_contents($template[0] === '/' ? $template : TEMPLATE_REALDIR . $this->dir . '/' . $template);
            SC_Helper_Plugin_Ex::getSingletonInstance()->doAction('prefilterTransform', array(&$source, $this->objPage, $template));
            file_put_contents($compiled . getmypid(), $this->compile($source));
            rename($compiled . getmypid(), $compiled);
        }
        ob_start();
        require $compiled;

        return ob_get_clean();
    }

    private function compile($source)
    {
        $source = str_replace(array('<?', '?>'), array('<?php echo "<?"; ?>', '<?php echo "?>"; ?>'), $source);

        return preg_replace_callback('/<!--\{(.*?)\}-->/s', array($this, 'tag'), $source);
    }

    /** tag takes $a.b|h, if, else, /if, foreach, /foreach, include, include_php and constants; anything else is refused. */
    private function tag($m)
    {
        $tag = trim($m[1]);
        if ($tag === 'else') {
            return '<?php else: ?>';
        }
        if ($tag === '/if') {
            return '<?php endif; ?>';
        }
        if ($tag === '/foreach') {
            return '<?php endforeach; ?>';
        }
        if (preg_match('/^include_php file="([\w\/.-]+)"$/', $tag, $p)) {
            return '<?php include \'' . $p[1] . '\'; ?>';
        }
        if (preg_match('/^if (\$[\w.]+)$/', $tag, $p)) {
            return '<?php if (' . $this->name($p[1]) . '): ?>';
        }
        if (preg_match('/^foreach from=(\$[\w.]+) item=(\w+)$/', $tag, $p)) {
            return '<?php foreach ((array) ' . $this->name($p[1]) . ' as $this->vars[\'' . $p[2] . '\']): ?>';
        }
        if (preg_match('/^include file=(\$[\w.]+)$/', $tag, $p)) {
            return '<?php echo $this->fetch(' . $this->name($p[1]) . '); ?>';
        }
        if (preg_match('/^include_php file="([^"]+)"$/', $tag, $p)) {
            return '<?php require \'' . $p[1] . '\'; ?>';
        }
        if (preg_match('/^\$smarty\.const\.(\w+)$/', $tag, $p)) {
            return '<?php echo ' . $p[1] . '; ?>';
        }
        if (preg_match('/^(\$[\w.]+)\|h$/', $tag, $p)) {
            return '<?php echo htmlspecialchars((string) ' . $this->name($p[1]) . ', ENT_QUOTES); ?>';
        }
        trigger_error('a tag of a template: ' . $tag, E_USER_ERROR);
    }

    private function name($dotted)
    {
        $parts = explode('.', substr($dotted, 1));

        return '($this->vars[\'' . implode('\'][\'', $parts) . '\'] ?? \'\')';
    }
}
